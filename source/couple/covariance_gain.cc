// SPDX-License-Identifier: LGPL-2.1-or-later
#include "covariance_gain.h"

namespace nodal
{
  void CovarianceGain::prepare(const Observations &observations,
                               const AnalysisContext &context,
                               const double scale)
  {
    // H is this rank's share, and all ranks must agree.
    int is_same = factor && H.offsets == observations.H.offsets &&
                  H.rows == observations.H.rows &&
                  H.weights == observations.H.weights &&
                  variances == observations.variances;
    MPI_Allreduce(MPI_IN_PLACE, &is_same, 1, MPI_INT, MPI_MIN,
                  context.system.comm());
    if (is_same)
      return;
    H = observations.H;
    variances = observations.variances;
    const Ensemble &anomalies = context.climatology.anomalies;
    const Ensemble seen = observed(anomalies, H, context.system.comm());
    const std::size_t p = observations.size(), n = anomalies.n_rows;
    const double share = scale / (anomalies.n_members - 1.);
    products.assign(n * p, 0.);
    factor = std::make_unique<dealii::LAPACKFullMatrix<double>>(p);
    for (unsigned int m = 0; m < anomalies.n_members; ++m)
    {
      const double *const a = anomalies.member(m), *const y = seen.member(m);
      for (std::size_t k = 0; k < p; ++k)
      {
        const double weight = share * y[k];
        for (std::size_t i = 0; i < n; ++i)
          products[k * n + i] += weight * a[i];
        for (std::size_t l = 0; l < p; ++l)
          (*factor)(k, l) += weight * y[l];
      }
    }
    for (std::size_t k = 0; k < p; ++k)
      (*factor)(k, k) += variances[k];
    factor->set_property(dealii::LAPACKSupport::symmetric);
    factor->compute_cholesky_factorization();
  }

  void CovarianceGain::correct(Ensemble &members,
                               const Observations &observations,
                               const AnalysisContext &context,
                               const double scale)
  {
    const std::size_t p = observations.size(), n = members.n_rows;
    if (p == 0)
      return;
    prepare(observations, context, scale);
    const Ensemble seen =
        observed(members, observations.H, context.system.comm());
    dealii::Vector<double> rest(p);
    for (unsigned int m = 0; m < members.n_members; ++m)
    {
      for (std::size_t k = 0; k < p; ++k)
        rest[k] = observations.values[k] - seen.member(m)[k];
      factor->solve(rest);
      for (std::size_t k = 0; k < p; ++k)
        for (std::size_t i = 0; i < n; ++i)
          members.member(m)[i] += products[k * n + i] * rest[k];
    }
  }
} // namespace nodal
