"""Nets and attacks of the study of robustness."""
