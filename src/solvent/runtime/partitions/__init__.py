"""A book in Parquet partitions: written, compared with its manifest, stressed here or by a cluster.

Needs the extra `distributed`; nothing else of the product imports this before it is asked for.
"""

from solvent.runtime.partitions.asking import Counter, check_book, here, stress_book
from solvent.runtime.partitions.cluster import Cluster, ClusterLost, cluster_at, local_cluster
from solvent.runtime.partitions.counting import Task, counted
from solvent.runtime.partitions.manifest import Book, BookRefused, Manifest, Partition, Scene, open_book
from solvent.runtime.partitions.tables import pointing_of, table_of
from solvent.runtime.partitions.writing import ROWS_DEFAULT, BookWriter, export

__all__ = [
    "ROWS_DEFAULT",
    "Book",
    "BookRefused",
    "BookWriter",
    "Cluster",
    "ClusterLost",
    "Counter",
    "Manifest",
    "Partition",
    "Scene",
    "Task",
    "check_book",
    "cluster_at",
    "counted",
    "export",
    "here",
    "local_cluster",
    "open_book",
    "pointing_of",
    "stress_book",
    "table_of",
]
