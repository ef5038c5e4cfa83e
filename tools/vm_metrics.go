package tools

import (
	"context"
	"math"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

const (
	// defaultPoints is the default number of points.
	defaultPoints = 30
	// hundred rounds an average to two decimals.
	hundred = 100
)

type getVMMetricsInput struct {
	vmRef
	Window cloud.MetricsWindow `json:"window,omitempty" jsonschema_description:"How far back; hour unless given."`
	Points int                 `json:"points,omitempty" jsonschema:"minimum=1,maximum=200" jsonschema_description:"Most points, each the average of its part of the time; 30 unless given."`
}

type getVMMetricsOutput struct {
	VMID    cloud.VMID           `json:"vm_id" jsonschema_description:"The machine."`
	Window  cloud.MetricsWindow  `json:"window" jsonschema_description:"How far back."`
	Samples int                  `json:"samples" jsonschema_description:"How many samples the cloud sent; points are averages of them."`
	Points  []cloud.MetricSample `json:"points" jsonschema_description:"Averages in the cloud's order, each with the time of its last sample."`
	Peaks   cloud.MetricSample   `json:"peaks" jsonschema_description:"The highest of all samples, each value for itself."`
}

func getVMMetrics(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Toolset:     monitoringTools,
		Name:        "get_vm_metrics",
		Title:       "Get VM metrics",
		Description: "Read what a machine did in the last hour, day, week, month or year: CPU, memory, disk and network, as averages with the peaks beside.",
	}, func(ctx context.Context, c cloud.VMMetricsReader, vm cloud.VM, in getVMMetricsInput) (getVMMetricsOutput, error) {
		if in.Window == "" {
			in.Window = cloud.MetricsHour
		}
		if in.Points == 0 {
			in.Points = defaultPoints
		}
		samples, err := c.VMMetrics(ctx, vm.ID, in.Window)
		return getVMMetricsOutput{vm.ID, in.Window, len(samples), thinned(samples, in.Points), peaks(samples)}, err
	})
}

// series returns pointers to the values of a sample.
func series(s *cloud.MetricSample) []**float64 {
	return []**float64{&s.CPUPercent, &s.MemoryPercent, &s.DiskReadMBs, &s.DiskWriteMBs, &s.NetworkInKBs, &s.NetworkOutKBs}
}

// thinned reduces samples to at most that many points. The points average parts of
// equal size, give or take one sample.
func thinned(samples []cloud.MetricSample, most int) []cloud.MetricSample {
	n := min(most, len(samples))
	points := make([]cloud.MetricSample, 0, n)
	for i := range n {
		points = append(points, average(samples[i*len(samples)/n:(i+1)*len(samples)/n]))
	}
	return points
}

// average returns the averages of the known values, with the time of the last
// sample.
func average(part []cloud.MetricSample) cloud.MetricSample {
	out := cloud.MetricSample{At: part[len(part)-1].At}
	to := series(&out)
	for i := range to {
		sum, known := 0.0, 0
		for _, sample := range part {
			if value := *series(&sample)[i]; value != nil {
				sum, known = sum+*value, known+1
			}
		}
		if known > 0 {
			*to[i] = new(rounded(sum / float64(known)))
		}
	}
	return out
}

// rounded rounds to two decimals.
func rounded(value float64) float64 { return math.Round(value*hundred) / hundred }

// peaks returns the highest value of each series; nil for a series without values.
func peaks(samples []cloud.MetricSample) cloud.MetricSample {
	var out cloud.MetricSample
	to := series(&out)
	for _, sample := range samples {
		for i, value := range series(&sample) {
			if *value != nil && (*to[i] == nil || **value > **to[i]) {
				*to[i] = *value
			}
		}
	}
	return out
}
