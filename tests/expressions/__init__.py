"""Tests of the expressions room."""
