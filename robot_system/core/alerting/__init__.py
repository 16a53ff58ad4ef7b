"""From events and conditions to what a person should know."""
