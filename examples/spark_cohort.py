"""Answer a table of patients on a cluster: spark-submit examples/spark_cohort.py PATIENTS ANSWERS."""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession

from rrmm import KnowledgeGraph

patients, answers = sys.argv[1:]
spark = SparkSession.builder.appName("rrmm cohort").getOrCreate()
KnowledgeGraph.load().cohort(spark.read.parquet(patients)).write.parquet(answers)
spark.stop()
