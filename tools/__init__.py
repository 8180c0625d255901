"""What runs on a laptop: the embedded cloud, deploying, sample data, the demo and the proofs (console script `ordo`)."""
