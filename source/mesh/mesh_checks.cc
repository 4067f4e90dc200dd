// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mesh_checks.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>

#include <deal.II/base/exceptions.h>
#include <deal.II/base/geometry_info.h>
#include <deal.II/fe/fe_simplex_p.h>

#include <cmath>
#include <sstream>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Lets deal.II's Assert throw as long as it lives.
    struct AssertsThrow
    {
      AssertsThrow()
          : aborted(deal_II_exceptions::internals::allow_abort_on_exception)
      {
        deal_II_exceptions::disable_abort_on_exception();
      }

      ~AssertsThrow()
      {
        if (aborted)
          deal_II_exceptions::enable_abort_on_exception();
      }

      const bool aborted;
    };

    /// The first lines of what @p error says, in one line.
    std::string in_short(const ExceptionBase &error)
    {
      std::ostringstream out;
      error.print_info(out);
      std::istringstream words(out.str());
      std::string result;
      for (std::string word; words >> word && result.size() < 300;)
        result += (result.empty() ? "" : " ") + word;
      return result;
    }
  } // namespace

  void try_deal_ii(const std::string &sentence, const std::string &entry,
                   const std::function<void()> &work)
  {
    const AssertsThrow guard;
    try
    {
      work();
    }
    catch (const BadInput &)
    {
      throw;
    }
    catch (const ExceptionBase &error)
    {
      throw BadInput(sentence + ": " + in_short(error), entry);
    }
    catch (const std::bad_alloc &)
    {
      throw BadInput(sentence + ": the mesh does not fit into memory.", entry);
    }
    catch (const std::exception &error)
    {
      throw BadInput(sentence + ": " + error.what() + ".", entry);
    }
  }

  template <int dim>
  void check_cells(const Triangulation<dim> &mesh, const std::string &sentence,
                   const std::string &entry)
  {
    if (mesh.n_active_cells() == 0)
      throw BadInput(sentence + ": there are no cells.", entry);
    for (const auto &cell : mesh.active_cell_iterators())
      if (!(cell->measure() > 0 && std::isfinite(cell->measure())))
        throw BadInput(sentence + ": a cell is degenerate or inverted.", entry);
  }

  template void check_cells(const Triangulation<2> &, const std::string &,
                            const std::string &);
  template void check_cells(const Triangulation<3> &, const std::string &,
                            const std::string &);
} // namespace nodal
