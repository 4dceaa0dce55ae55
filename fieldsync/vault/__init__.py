"""What people told, encrypted under a key of each person's own: rows are sealed, and opened again."""

from fieldsync.vault.opened_store import OpenedStore
from fieldsync.vault.person_keys import PersonKeys
from fieldsync.vault.sealed_cell import SealedCell
from fieldsync.vault.sealed_database import SealedDatabase
from fieldsync.vault.vault import Vault

__all__ = ["OpenedStore", "PersonKeys", "SealedCell", "SealedDatabase", "Vault"]
