"""Service messages: what the office tells stairwells of water, heat, lifts and the like."""
