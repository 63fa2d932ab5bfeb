"""The ways in for programs: REST, the OpenAI-compatible door, MCP."""
