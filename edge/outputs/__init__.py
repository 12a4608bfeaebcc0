"""The outputs room: MQTT, history, systemd."""
