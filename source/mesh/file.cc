// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/mesh/mesh_file.h>
#include <nodal/mesh/mesh_source.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    std::string content(const std::string &file, const std::string &entry)
    {
      if (file.empty())
        throw BadInput("No mesh file is given; set '" + entry + "'.", entry);
      if (!std::filesystem::is_regular_file(file))
        throw BadInput("The mesh file '" + file +
                           "' does not exist; paths are relative to the "
                           "working folder or to the parameter file.",
                       entry);
      std::ifstream in(file, std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      if (!in || !text)
        throw BadInput("The mesh file '" + file +
                           "' cannot be read or is "
                           "empty.",
                       entry);
      return text.str();
    }

    template <int dim>
    class FileSource : public MeshSource<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        entry = prm.path("File");
        prm.add_file(
            "File", file,
            "Mesh of triangles, quadrilaterals, tetrahedra or hexahedra: "
            "Gmsh (.msh, text, versions 2 and 4), AVS UCD or Abaqus "
            "(.inp), or legacy VTK (.vtk, text). Physical groups become "
            "boundary ids.");
      }

      void create(Triangulation<dim> &mesh, MPI_Comm comm) const override
      {
        std::string text;
        agree(comm,
              [&]
              {
                if (rank_of(comm) == 0)
                  text = content(file, entry);
              });
        text = broadcast(text, comm);
        agree(comm, [&] { read_mesh(text, file, entry, mesh); });
      }

    private:
      std::string file, entry;
    };
  } // namespace

  NODAL_REGISTER_DIM(MeshSource, FileSource, "file",
                     "a mesh file of Gmsh, AVS UCD, Abaqus or VTK")
} // namespace nodal
