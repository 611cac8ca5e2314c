"""What anybody may read of faults: those at common places, without who is behind them."""
