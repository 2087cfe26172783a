"""The pages of notices and to-dos, and the start page, in the frame of marketplace's pages."""
