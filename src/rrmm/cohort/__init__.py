"""Cohorts: tables of patients in, tables of answers out."""
