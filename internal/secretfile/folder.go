package secretfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

const (
	folderMode fs.FileMode = 0o700
	fileMode   fs.FileMode = 0o600
	// within is the folder's name in the state folder.
	within = "secrets"
)

// Folder implements tool.SecretFiles in a folder of its own.
type Folder struct{ dir string }

// In returns the folder within a state folder. The first Write makes it.
func In(state string) Folder { return Folder{filepath.Join(state, within)} }

// Look implements tool.SecretFiles.
func (f Folder) Look(name tool.SecretName) (tool.SecretFile, error) {
	file, err := fileName(name)
	if err != nil {
		return tool.SecretFile{}, err
	}
	at := tool.SecretFile{Path: filepath.Join(f.dir, file)}
	info, err := os.Lstat(at.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return at, nil
	case err != nil:
		return at, fmt.Errorf("look for a file of secrets: %w", err)
	case !info.Mode().IsRegular():
		return at, tool.Errorf(tool.CodeNotPossible, "Tell the user to look at it and to move it away.", "%s is there and is no plain file; nothing was written.", at.Path)
	}
	at.SavedAt = info.ModTime()
	return at, nil
}

// Write implements tool.SecretFiles. The file is written completely or not at all.
func (f Folder) Write(name tool.SecretName, content cloud.Secret, replace bool) (string, error) {
	file, err := fileName(name)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(f.dir, folderMode); err != nil {
		return "", fmt.Errorf("make the folder of secrets: %w", err)
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return "", fmt.Errorf("open the folder of secrets: %w", err)
	}
	defer func() { _ = root.Close() }()
	if err := root.Chmod(".", folderMode); err != nil {
		return "", fmt.Errorf("close the folder of secrets to others: %w", err)
	}
	return filepath.Join(f.dir, file), place(root, file, content, replace)
}

// place writes a temporary file and then links or renames it to the final name.
func place(root *os.Root, file string, content cloud.Secret, replace bool) error {
	temporary := ".new-" + rand.Text()
	defer func() { _ = root.Remove(temporary) }()
	if err := write(root, temporary, content); err != nil {
		return fmt.Errorf("write a secret: %w", err)
	}
	if replace {
		return root.Rename(temporary, file)
	}
	// A link never replaces an existing file.
	err := root.Link(temporary, file)
	if errors.Is(err, fs.ErrExist) {
		return tool.ErrSecretFileExists
	}
	return err
}

func write(root *os.Root, name string, content cloud.Secret) error {
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = out.WriteString(content.Reveal())
	return errors.Join(err, out.Sync(), out.Close())
}

func fileName(name tool.SecretName) (string, error) {
	file, ok := name.FileName()
	if !ok {
		return "", tool.Errorf(tool.CodeNotPossible, "Tell the user: the cloud's ID cannot be a file name.", "No file can be named after this ID; nothing was written.")
	}
	return file, nil
}
