"""Partnerships of landlord, adviser and contractor; building projects, their stages and places."""
