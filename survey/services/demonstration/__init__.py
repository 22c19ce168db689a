"""The demonstration province: invented, deterministic from a seed, loaded as real data are."""
