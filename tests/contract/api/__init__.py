"""The service over HTTP, in this process: who may do what, once, and for nobody else."""
