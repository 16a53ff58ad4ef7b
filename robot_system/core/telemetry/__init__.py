"""Statistics over windows of time, cheap enough to take them of everything."""
