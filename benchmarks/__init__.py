"""What the service is measured with; outside the suite."""
