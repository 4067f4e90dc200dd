// SPDX-License-Identifier: LGPL-2.1-or-later
// The unit ball.
SetFactory("OpenCASCADE");
Sphere(1) = {0, 0, 0, 1};
Physical Surface(1) = {1}; // sphere
Physical Volume(1) = {1};
Mesh.MeshSizeMin = 0.2; Mesh.MeshSizeMax = 0.2;
