"""Is what a sensor says to be trusted, and what is the best value to be had from it?"""
