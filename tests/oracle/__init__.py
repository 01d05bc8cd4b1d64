"""What a patient's answer is by the readings, told once more: plainly, slowly, and without the library's derivation."""
