package config

import (
	"fmt"
	"net/url"
	"strings"
)

// checkNames returns an error for a host or an origin that can never match what a client
// sends: the list would lock everybody out without a word.
func (c *Config) checkNames() error {
	for _, host := range c.AllowedHosts {
		if host == "" || strings.ContainsAny(host, "/*@ ") {
			return fmt.Errorf("--allowed-hosts takes names as clients have them in the URL, such as cs.example.com or cs.example.com:8443, without https:// and path and without *, not %q", host)
		}
	}
	for _, origin := range c.AllowedOrigins {
		if origin == "null" { // what a browser sends for a page without an address
			continue
		}
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || origin != u.Scheme+"://"+u.Host || strings.Contains(u.Host, "*") {
			return fmt.Errorf("--allowed-origins takes web pages as browsers name them, such as https://app.example.com or http://localhost:3000, without a path and a slash at the end and without *, not %q", origin)
		}
	}
	return nil
}
