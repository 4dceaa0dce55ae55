"""The sample district, Wuhou: its geography and its invented people."""
