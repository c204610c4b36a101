"""The published report: executed notebooks become pages by nbconvert and our own template."""
