// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/mesh/mesh_source.h>

#include "generator_arguments.h"
#include "mesh_checks.h"

#include <deal.II/grid/grid_generator.h>
#include <deal.II/grid/manifold_lib.h>

#include <algorithm>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// @p made as unrefined cells, with its boundary ids and manifolds.
    template <int dim>
    void make_coarse(const Triangulation<dim> &made, Triangulation<dim> &coarse)
    {
      if (made.n_levels() == 1)
      {
        coarse.copy_triangulation(made);
        return;
      }
      GridGenerator::flatten_triangulation(made, coarse);
      for (const types::manifold_id id : made.get_manifold_ids())
        if (id != numbers::flat_manifold_id)
          coarse.set_manifold(id, made.get_manifold(id));
    }

    /// Give the boundary of @p simplices the manifolds of @p hypercubes;
    /// inside, where those need not make sense, it is flat.
    template <int dim>
    void bend_boundary(const Triangulation<dim> &hypercubes,
                       Triangulation<dim> &simplices)
    {
      std::vector<std::pair<typename Triangulation<dim>::face_iterator,
                            types::manifold_id>>
          bent;
      for (const auto &face : simplices.active_face_iterators())
        if (face->at_boundary())
          bent.emplace_back(face, face->manifold_id());
      simplices.reset_all_manifolds();
      simplices.set_all_manifold_ids(numbers::flat_manifold_id);
      std::set<types::manifold_id> used;
      for (const auto &[face, id] : bent)
        if (id != numbers::flat_manifold_id)
        {
          const Manifold<dim> &manifold = hypercubes.get_manifold(id);
          if (dynamic_cast<const TransfiniteInterpolationManifold<dim> *>(
                  &manifold))
            continue;
          face->set_all_manifold_ids(id);
          if (used.insert(id).second)
            simplices.set_manifold(id, manifold);
        }
    }

    template <int dim>
    class GeneratorSource : public MeshSource<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        name_entry = prm.path("Name");
        arguments_entry = prm.path("Arguments");
        prm.add("Name", name,
                "The function of deal.II's namespace GridGenerator that makes "
                "the mesh: " +
                    join(generator_names(dim), ", ") + ".");
        prm.add("Arguments", arguments,
                "All arguments of that function after the triangulation, "
                "separated by colons, as in 0 : 1 : true. The coordinates of "
                "points and the members of lists are separated by commas, "
                "points in a list by semicolons. A wrong list is answered by "
                "the right one.");
        prm.add("Simplices", simplices,
                "Cut each quadrilateral into 8 triangles, or each hexahedron "
                "into 24 tetrahedra.");
      }

      void create(Triangulation<dim> &mesh, MPI_Comm comm) const override
      {
        agree(comm,
              [&]
              {
                check_entries();
                try_deal_ii(
                    sentence(), arguments_entry,
                    [&]
                    {
                      Triangulation<dim> made;
                      GridGenerator::generate_from_name_and_arguments(
                          made, name, arguments);
                      check_cells(made, sentence(), arguments_entry);
                      if (!simplices || made.all_reference_cells_are_simplex())
                      {
                        make_coarse(made, mesh);
                        return;
                      }
                      Triangulation<dim> coarse;
                      make_coarse(made, coarse);
                      GridGenerator::convert_hypercube_to_simplex_mesh(coarse,
                                                                       mesh);
                      bend_boundary(coarse, mesh);
                      check_cells(mesh, sentence(), arguments_entry);
                    });
              });
      }

    private:
      std::string sentence() const
      {
        return "GridGenerator::" + name + " cannot make a " +
               std::to_string(dim) + "d mesh from the arguments '" + arguments +
               "'";
      }

      void check_entries() const
      {
        const std::vector<std::string> known = generator_names(dim);
        if (std::find(known.begin(), known.end(), name) == known.end())
          throw BadInput("There is no mesh generator '" + name + "' for " +
                             std::to_string(dim) + "d meshes." +
                             did_you_mean(name, known),
                         name_entry);
        const std::string problem =
            check_generator_arguments(name, arguments, dim);
        if (!problem.empty())
          throw BadInput(sentence() + ": " + problem + ".", arguments_entry);
      }

      std::string name = "hyper_cube";
      std::string arguments = "0 : 1 : true";
      bool simplices = false;
      std::string name_entry, arguments_entry;
    };
  } // namespace

  NODAL_REGISTER_DIM(MeshSource, GeneratorSource, "generator",
                     "a function of deal.II's namespace GridGenerator")
} // namespace nodal
