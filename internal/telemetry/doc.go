// Package telemetry exports what a server does: metrics for Prometheus, traces for
// OpenTelemetry. It is the only importer of both.
//
// The values of labels and attributes are bounded: tools, accounts, roads and codes come
// from closed sets. No name, ID of a cloud, caller or text of a vendor is in a metric or
// a span. The package must never influence what it observes.
package telemetry
