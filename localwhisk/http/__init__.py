"""HTTP: the REST API, web actions and the API gateway, on Starlette."""
