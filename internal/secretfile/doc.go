// Package secretfile keeps secrets that a cloud hands out, such as a kubeconfig, in
// a folder of the state folder, where only the user of this machine can read them.
//
// It never reads a secret back, and it must know no cloud.
package secretfile
