"""From a patient to the options: which guidance fires, the status of every option, what would turn it.

It imports patient and below; it refuses to hold a medical fact or to print.
"""
