// Package secretfile stores secrets that a cloud returns, such as a kubeconfig, in a
// folder of the state folder, where only the user of this machine can read them.
//
// It never reads a secret back, and it must never know a cloud.
package secretfile
