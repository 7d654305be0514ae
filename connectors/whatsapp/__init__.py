"""WhatsApp Cloud API: webhooks in, metadata out."""
