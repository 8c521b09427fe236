"""The job queue that several processes share: procrastinate, on PostgreSQL."""
