"""Tests of the package: python -m unittest discover -s tools/python/tests -t tools/python

Tests of PyTorch and Keras are skipped if these are not installed, those of bntool if it is neither on the PATH nor in BNTOOL.
"""
