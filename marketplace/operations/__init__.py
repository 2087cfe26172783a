"""What keeps a running installation in order: who is there, what is counted, what must hold, what is deleted."""
