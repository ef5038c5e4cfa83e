// Package auth turns an HTTP request into an identity: by a static token, or by an
// access token of an OAuth issuer. What is in doubt gets in nowhere.
//
// It must never know MCP, the guard or a cloud, and it hands no token on.
package auth
