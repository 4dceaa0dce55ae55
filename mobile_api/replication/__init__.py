"""Replication over HTTP, as CouchDB and PouchDB speak it."""

from mobile_api.replication.app import Replication as Replication
from mobile_api.replication.app import create_replication as create_replication
from mobile_api.replication.feeds import FeedTimes as FeedTimes
from mobile_api.replication.mounting import ReplicationAt as ReplicationAt
from mobile_api.replication.serving import FeedServer as FeedServer
