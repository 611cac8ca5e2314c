"""What the house counts about itself, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("opgang_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("opgang_request_seconds", "Seconds to answer a request", ["route"])
SOCKETS = Gauge("opgang_open_sockets", "Open pages listening for news")
DELIVERIES = Counter("opgang_deliveries", "Push messages by outcome", ["outcome"])
WAITING = Gauge("opgang_waiting_deliveries", "Push messages not yet sent")
TEXTS = Counter("opgang_texts", "SMS by outcome: sent, put off, given up", ["outcome"])
JOBS = Counter("opgang_jobs", "Jobs by kind and outcome", ["kind", "outcome"])
