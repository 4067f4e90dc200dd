// SPDX-License-Identifier: LGPL-2.1-or-later
// A checkpoint whose bytes were changed and whose checksum was made to fit.
#include "systems.h"

#include <nodal/core/random.h>
#include <nodal/solver/linear_solver.h>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <fstream>
#include <iterator>

using namespace nodal;

namespace
{
  const char *const file = "recycle-space-faults.bin";

  std::string read()
  {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// Replace the last word by the checksum of all others.
  void make_checksum_fit(std::string &content)
  {
    std::uint64_t sum = 14695981039346656037ULL;
    const std::size_t end = content.size() - sizeof(sum);
    for (std::size_t i = 0; i < end; ++i)
      sum = (sum ^ static_cast<unsigned char>(content[i])) * 1099511628211ULL;
    std::memcpy(&content[end], &sum, sizeof(sum));
  }

  std::string mutated(std::string content, Random &random)
  {
    const auto draw = [&](const std::size_t n)
    { return std::min<std::size_t>(n - 1, random.uniform() * n); };
    for (std::size_t k = draw(3) + 1; k > 0; --k)
    {
      // The header is short and matters most.
      const std::size_t at = draw(draw(2) ? content.size() : 120);
      if (draw(4) == 0)
        content.resize(std::max<std::size_t>(at, 16));
      else
        content[std::min(at, content.size() - 1)] = char(draw(256));
    }
    make_checksum_fit(content);
    return content;
  }

  /// A solve that is handed @p space must not believe it.
  void check_solve(const std::string &name, Mat A, RecycleSpace &space)
  {
    const auto method = Registry<KrylovSolver>::create(name);
    const auto M = Registry<Preconditioner>::create("jacobi");
    M->update(A, true);
    const VecHandle b = systems::random_vector(A, 1),
                    x = systems::vector_for(A);
    const SolveResult result = method->solve(A, x, b, *M, {1e-8, 1000}, &space);
    if (result.converged())
      BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
    else
      BOOST_TEST(!result.message.empty());
  }
} // namespace

BOOST_AUTO_TEST_CASE(changed_checkpoints_are_refused_or_harmless)
{
  int size = 1;
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  if (size > 1)
    return;
  const MatHandle A = systems::matrix(PETSC_COMM_SELF, systems::Grid());
  const VecHandle x = systems::vector_for(A);
  RecycleSpace good;
  for (unsigned int j = 0; j < 3; ++j)
    good.U.push_back(systems::random_vector(A, j));
  good.gram = {2, 1, 0, 1, 2, 1, 0, 1, 2};
  good.save(file, "layout", PETSC_COMM_SELF);
  const std::string content = read();

  Random random(3, 0, 0);
  unsigned int n_loaded = 0;
  const unsigned int n = 600;
  for (unsigned int i = 0; i < n; ++i)
  {
    const std::string changed = mutated(content, random);
    std::ofstream(file, std::ios::binary) << changed;
    RecycleSpace space;
    if (!space.load(file, "layout", x))
    {
      BOOST_TEST(space.size() == 0);
      continue;
    }
    ++n_loaded;
    BOOST_TEST(space.size() * 100 * sizeof(double) <= changed.size());
    if (n_loaded % 4 == 0)
      check_solve(n_loaded % 8 == 0 ? "gcrodr" : "rcg", A, space);
  }
  BOOST_TEST(n_loaded > n / 10);
  BOOST_TEST(n_loaded < n);
}
