// SPDX-License-Identifier: LGPL-2.1-or-later
// An angle bracket: a wall plate 0.2 thick and 1 high, a shelf 1.2 deep and
// 0.2 thick with a round hole, both 0.8 wide.
SetFactory("OpenCASCADE");
Box(1) = {0, 0, 0, 0.2, 0.8, 1.0};
Box(2) = {0, 0, 0, 1.2, 0.8, 0.2};
BooleanUnion(3) = { Volume{1}; Delete; }{ Volume{2}; Delete; };
Cylinder(4) = {0.8, 0.4, -0.1, 0, 0, 0.4, 0.15};
BooleanDifference(5) = { Volume{3}; Delete; }{ Volume{4}; Delete; };
e = 1e-4;
wall[] = Surface In BoundingBox {-e, -e, -e, e, 0.8 + e, 1 + e};
tip[] = Surface In BoundingBox {1.2 - e, -e, -e, 1.2 + e, 0.8 + e, 0.2 + e};
hole[] = Surface In BoundingBox {0.65 - e, 0.25 - e, -e, 0.95 + e, 0.55 + e, 0.2 + e};
all[] = Boundary { Volume{5}; };
rest[] = all[];
rest[] -= wall[]; rest[] -= tip[]; rest[] -= hole[];
Physical Surface(1) = {wall[]}; // against the wall, x = 0
Physical Surface(2) = {tip[]};  // the far end, x = 1.2
Physical Surface(3) = {hole[]}; // hole
Physical Surface(4) = {rest[]}; // all other faces
Physical Volume(1) = {5};
Mesh.MeshSizeMin = 0.085; Mesh.MeshSizeMax = 0.085;
