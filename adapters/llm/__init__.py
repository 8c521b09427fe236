"""A language model behind an endpoint that speaks as OpenAI's does. Off unless the operator names one."""
