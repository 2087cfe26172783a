"""What goes in and out as JSON, one file a matter. The same classes make the schema."""
