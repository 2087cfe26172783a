"""What buyers and sellers see in a browser.

Pages call the same actions and reads as the API, and hold no rule of their own.
"""
