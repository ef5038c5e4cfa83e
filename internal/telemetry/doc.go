// Package telemetry tells those who watch over a server what it does: numbers for
// Prometheus, traces for OpenTelemetry. It is the only importer of both.
//
// What it says is bounded: tools, accounts, roads and codes come from closed sets, and
// no name, no ID of a cloud, no caller and no word of a vendor stands in a number or a
// span. It must never decide anything: who is watched does not notice.
package telemetry
