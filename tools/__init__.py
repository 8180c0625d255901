"""What runs on a laptop: the embedded cloud, deploying, sample data, demo and proofs (console script `ordo`)."""
