// Package auth turns an HTTP request into an identity: by a static token, or by an
// access token of an OAuth issuer. In doubt it rejects the request.
//
// It must never know MCP, the guard or a cloud, and it passes no token on.
package auth
