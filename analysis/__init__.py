"""Survey statistics and the reform index as a pure library: arrays and numbers in, frozen results out."""
