"""The pages: what a buyer and a seller see in a browser, and the operators' start page.

They call the same actions and querysets as the API, and hold no rule of their own.
"""
