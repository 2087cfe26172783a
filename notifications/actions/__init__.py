"""The only writers of notifications: who is told, when it is sent, what a person wishes."""
