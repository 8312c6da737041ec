from scripted_api import api

__all__ = ["api"]
